// Types as TypeScript writes them, in pieces: text, and names that lead to the export they stand for.
import { escaped } from "../markdown.mjs";

/** What a shape without a name may have of letters; a longer one is left out: nobody reads it in a line. */
const LONGEST_SHAPE = 240;

/** Pieces of a type; a piece is a text, or a name with the reflection of its export. */
export function piecesOf(type) {
  if (type === undefined) return ["unknown"];
  switch (type.type) {
    case "array":
      return [...grouped(type.elementType), "[]"];
    case "union":
      return between(" | ", type.types.map(grouped));
    case "intersection":
      return between(" & ", type.types.map(grouped));
    case "tuple":
      return ["[", ...between(", ", type.elements.map(piecesOf)), "]"];
    case "namedTupleMember":
      return [type.name, type.isOptional ? "?: " : ": ", ...piecesOf(type.element)];
    case "optional":
      return [...grouped(type.elementType), "?"];
    case "rest":
      return ["...", ...piecesOf(type.elementType)];
    case "typeOperator":
      return [`${type.operator} `, ...grouped(type.target)];
    case "indexedAccess":
      return [...grouped(type.objectType), "[", ...piecesOf(type.indexType), "]"];
    case "reference":
      return [
        type.reflection ? { name: type.name, reflection: type.reflection } : type.name,
        ...argumentsOf(type.typeArguments),
      ];
    case "reflection":
      return shapeOf(type.declaration);
    default:
      return [type.toString()];
  }
}

/** A signature as TypeScript writes it: name, type parameters, parameters and result. */
export function signaturePieces(signature, name = "", arrow = ": ") {
  const parameters = (signature.parameters ?? []).map((parameter) => [
    parameter.flags.isRest ? "..." : "",
    shownName(parameter.name),
    parameter.flags.isOptional || parameter.defaultValue !== undefined ? "?: " : ": ",
    ...piecesOf(parameter.type),
  ]);
  return [
    name,
    ...typeParameters(signature.typeParameters),
    "(",
    ...between(", ", parameters),
    `)${arrow}`,
    ...piecesOf(signature.type),
  ];
}

export function typeParameters(parameters = []) {
  if (parameters.length === 0) return [];
  const each = parameters.map(({ name, type, default: otherwise }) => [
    name,
    ...(type ? [" extends ", ...piecesOf(type)] : []),
    ...(otherwise ? [" = ", ...piecesOf(otherwise)] : []),
  ]);
  return ["<", ...between(", ", each), ">"];
}

/** As text, for a block of code. */
export function plain(pieces) {
  return pieces.map((piece) => piece.name ?? piece).join("");
}

/** As inline code in which names are links. */
export function linked(pieces, link) {
  const inner = pieces.map((piece) => {
    const address = piece.reflection && link(piece.reflection);
    const text = escaped((piece.name ?? piece).replaceAll("`", "&#96;").replace(/\s*\n\s*/g, " "));
    return address ? `[${text}](${address})` : text;
  });
  return `<code v-pre>${inner.join("")}</code>`;
}

function shapeOf(declaration) {
  const { signatures = [], children = [], indexSignatures = [] } = declaration;
  if (signatures.length === 1 && children.length === 0)
    return signaturePieces(signatures[0], "", " => ");
  const members = [
    ...signatures.map((signature) => signaturePieces(signature)),
    ...indexSignatures.map((signature) => [
      `[${signature.parameters[0].name}: `,
      ...piecesOf(signature.parameters[0].type),
      "]: ",
      ...piecesOf(signature.type),
    ]),
    ...children.map((child) => memberPieces(child)),
  ];
  const inner = between("; ", members);
  if (plain(inner).length > LONGEST_SHAPE) return ["{ … }"];
  return inner.length === 0 ? ["{}"] : ["{ ", ...inner, " }"];
}

function memberPieces(member) {
  return [member.name, member.flags.isOptional ? "?: " : ": ", ...piecesOf(typeOf(member))];
}

/** The type of a property, an accessor or a method. */
export function typeOf(member) {
  if (member.type) return member.type;
  if (member.getSignature) return member.getSignature.type;
  return { type: "reflection", declaration: { signatures: member.signatures ?? [] } };
}

/** `Float64Array<ArrayBufferLike>` is what everybody calls `Float64Array`. */
function argumentsOf(types = []) {
  const told = types.filter(({ name }) => name !== "ArrayBufferLike");
  return told.length === 0 ? [] : ["<", ...between(", ", told.map(piecesOf)), ">"];
}

/** In parentheses where "|", "=>" or "&" would otherwise take in what stands beside it. */
function grouped(type) {
  const loose = ["union", "intersection", "conditional", "typeOperator"].includes(type.type);
  const arrow = type.type === "reflection" && (type.declaration.signatures?.length ?? 0) > 0;
  return loose || arrow ? ["(", ...piecesOf(type), ")"] : piecesOf(type);
}

/** What is taken apart in the list of parameters has no name of its own. */
export function shownName(name) {
  return name === "__namedParameters" ? "settings" : name;
}

function between(separator, lists) {
  return lists.flatMap((list, index) => (index === 0 ? list : [separator, ...list]));
}

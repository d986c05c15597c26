// The service worker of the playground, as the build writes it to the root of the site: it keeps what the page
// needs, so that it opens and trains without a network. FILES is filled in by the build.

const FILES = [];
const VERSION = "";
const PREFIX = "eoss-playground-";
const NAME = PREFIX + VERSION;

const urlOf = (file) => new URL(file, self.registration.scope).href;

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(NAME);
    await cache.addAll(FILES.map(urlOf));
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  const begin = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(begin());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(self.registration.scope)) return;
  // Names of assets have their content's hash: what is kept is right for ever. A page may be newer.
  const isAsset = request.url.startsWith(urlOf("assets/"));
  event.respondWith(isAsset ? keptFirst(request) : networkFirst(request));
});

async function keptFirst(request) {
  return (await kept(request.url)) ?? fetch(request);
}

async function networkFirst(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const found = (await kept(request.url)) ?? (await kept(`${request.url.split(/[?#]/)[0]}.html`));
    if (found === undefined) throw error;
    return found;
  }
}

async function kept(url) {
  const cache = await caches.open(NAME);
  return cache.match(url, { ignoreSearch: true });
}

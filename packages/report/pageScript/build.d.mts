/** The file as it should be. */
export declare function generated(): string;

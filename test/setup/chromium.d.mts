/** The Debian packages that the browser tests need. */
export declare const chromiumPackages: readonly string[];
/** Flags for every test browser: no sandbox (CI runs as root), no GPU, and nothing that phones home. */
export declare const chromiumArgs: readonly string[];
/** Path of a usable Chromium: `FLOE_CHROMIUM` if set, else the first one on PATH or in /usr/bin; undefined if none. */
export declare function findChromium(environment?: Record<string, string | undefined>): string | undefined;
/** Like `findChromium`, but throws an error that says what to install. */
export declare function requireChromium(): string;

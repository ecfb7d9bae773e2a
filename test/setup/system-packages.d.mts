/** Debian's own Python. */
export declare const DEBIAN_PYTHON: string;
/** The camera simulator. */
export declare const CAMERA_SCRIPT: string;
/** The Debian packages that the camera simulator needs. */
export declare const cameraPackages: readonly string[];
/** The WebRTC peer that is neither a browser nor ours. */
export declare const AIORTC_SCRIPT: string;
/** The Debian packages of coturn. */
export declare const coturnPackages: readonly string[];
/** The Debian packages that tests make networks of their own with. */
export declare const networkPackages: readonly string[];
/** The path of a program; undefined when it is not here. */
export declare function findProgram(program: string): string | undefined;
/** What the camera simulator misses, in its own words; undefined when it can run. */
export declare function cameraFault(): string | undefined;
/** The packages to install before the tests can run; empty when everything is there. */
export declare function missingPackages(): string[];

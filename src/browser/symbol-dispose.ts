// Symbol.dispose and Symbol.asyncDispose where the browser lacks them. Imported first by the doors, because classes read
// the symbols when they are defined. Changes nothing in browsers that have them.

const symbols = Symbol as unknown as { dispose?: symbol; asyncDispose?: symbol };
symbols.dispose ??= Symbol("Symbol.dispose");
symbols.asyncDispose ??= Symbol("Symbol.asyncDispose");

export {};

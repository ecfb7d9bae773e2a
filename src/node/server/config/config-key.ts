// The keys of the configuration as a flat list, read from the schema: what flags, files, help and tables are made of.
import * as v from "valibot";
import { type FlagAbout, type KeyMetadata, serverConfigSchema } from "./config-schema.js";
import type { ValueKind } from "./value-kinds.js";

/** One key of the configuration. */
export type ConfigKey = {
  /** `media.video.width`. */
  readonly path: string;
  /** The path in parts. */
  readonly segments: readonly string[];
  readonly kind: ValueKind<unknown>;
  /** One or two sentences. */
  readonly help: string;
  /** `FLOE_MEDIA_VIDEO_WIDTH`. */
  readonly env: string;
  readonly flag?: FlagAbout;
  /** What it is when nobody sets it; undefined: unset. */
  readonly fallback: unknown;
};

/** Every key, in the schema's order. */
export const configKeys: readonly ConfigKey[] = collectKeys(serverConfigSchema.entries, []);

/** The flag as it is typed: `--port`. */
export function flagText(flag: FlagAbout): string {
  return `--${flag.name}`;
}

type Entry = { readonly wrapped: v.GenericSchema & { readonly type: string; readonly entries?: v.ObjectEntries } };

function collectKeys(entries: v.ObjectEntries, parents: readonly string[]): ConfigKey[] {
  return Object.entries(entries).flatMap(([name, entry]) => {
    const segments = [...parents, name];
    const { wrapped } = entry as unknown as Entry;
    if (wrapped.type === "object" && wrapped.entries !== undefined) {
      return collectKeys(wrapped.entries, segments);
    }
    const { kind, about } = v.getMetadata(wrapped) as unknown as KeyMetadata;
    return [
      {
        path: segments.join("."),
        segments,
        kind,
        help: about.help,
        env: about.env ?? envName(segments),
        ...(about.flag === undefined ? {} : { flag: about.flag }),
        fallback: v.getDefault(entry as v.GenericSchema),
      },
    ];
  });
}

function envName(segments: readonly string[]): string {
  return `FLOE_${segments.map((segment) => segment.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join("_")}`;
}

// The question before a recording is deleted.
import { useEffect, useRef } from "preact/hooks";
import { clockWords, sizeWords } from "../model/amounts.js";
import type { RecordingInfo } from "../model/recording-info.js";
import { peerName } from "../model/recording-rows.js";

/** Open while there is something to ask about. Esc keeps it. */
export function ConfirmDelete({
  info,
  onDelete,
  onKeep,
}: {
  readonly info: RecordingInfo | undefined;
  readonly onDelete: (info: RecordingInfo) => Promise<void>;
  readonly onKeep: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (info === undefined) {
      dialog.current?.close();
    } else if (dialog.current?.open === false) {
      dialog.current.showModal();
    }
  }, [info === undefined]);
  return (
    <dialog ref={dialog} aria-labelledby="delete-title" onClose={onKeep} data-testid="confirm">
      {info !== undefined && (
        <>
          <h2 id="delete-title">Delete this recording?</h2>
          <p>
            {peerName(info.peer)}, {clockWords(info.durationMs)}, {sizeWords(info.bytes)}. It is deleted from the
            server's disk, for good.
          </p>
          <p class="buttons">
            <button type="button" data-testid="keep" onClick={onKeep}>
              Keep
            </button>
            <button type="button" class="danger" data-testid="delete-now" onClick={() => void onDelete(info)}>
              Delete
            </button>
          </p>
        </>
      )}
    </dialog>
  );
}

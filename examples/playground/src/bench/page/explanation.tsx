// What the page measures and how to read it, in plain words.

/** Text for people who have not seen it before. */
export function Explanation() {
  return (
    <section class="card words" aria-labelledby="words-title">
      <h2 id="words-title">What this measures</h2>
      <p>
        Floe's kernels are small WebAssembly programs that do the work of every packet and every picture: finding where
        pictures begin, cutting them into packets, writing headers. Each has a twin in TypeScript that puts out the same
        bytes. This page runs both, and other ways to do the same, in a worker of your browser. Nothing leaves it.
      </p>
      <p>
        <strong>Read the ratios.</strong> Speeds in GB/s are your machine's, on this day, with everything else that it
        does. But the candidates of a case take turns, many times a second, so whatever slows one down slows them all,
        and how many times faster one is than another holds on other machines too. The ratio says how many times as fast
        as this one the kernel is; the bars are speeds, full for the fastest. Each figure is the median of its turns.
      </p>
      <p>
        <strong>Right comes before fast.</strong> Each case has a digest: a short number made of all bytes that came
        out. It must be the same for kernel and twin, on plain and shared memory, here and on the server.
      </p>
      <p data-testid="memory" data-isolated={crossOriginIsolated}>
        <strong>Memory.</strong>{" "}
        {crossOriginIsolated
          ? "This page is cross-origin isolated, so memory that several threads share is measured beside plain memory."
          : "This page is not cross-origin isolated, so the browser gives it plain memory only. Floe needs no other; a Floe server isolates its pages, and shared memory is then measured too."}
      </p>
    </section>
  );
}

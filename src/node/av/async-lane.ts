// A short queue in front of work that runs on FFmpeg's threads: one job after another, in order, bounded.

/** Options of a lane. */
export type AsyncLaneOptions<Job> = {
  /** Does one job. A rejection stops the lane. */
  readonly run: (job: Job) => Promise<void>;
  /** Frees a job that will not be run. */
  readonly discard: (job: Job) => void;
  /** Jobs that may wait or run; more are refused. */
  readonly capacity: number;
  /** A job failed: nothing more is run. */
  readonly failed: (error: unknown) => void;
};

/** Runs jobs strictly in order. */
export class AsyncLane<Job> {
  readonly #options: AsyncLaneOptions<Job>;
  readonly #jobs: Job[] = [];
  #running: Promise<void> | undefined;
  #isBusy = false;
  #closed = false;

  constructor(options: AsyncLaneOptions<Job>) {
    this.#options = options;
  }

  /** Jobs waiting and running. */
  get depth(): number {
    return this.#jobs.length + (this.#isBusy ? 1 : 0);
  }

  /** Takes a job over; false (and the job is still the caller's) when the lane is full or closed. */
  push(job: Job): boolean {
    if (this.#closed || this.depth >= this.#options.capacity) {
      return false;
    }
    this.#jobs.push(job);
    this.#running ??= this.#work();
    return true;
  }

  /** Resolves when every job that is here now has been run. Never rejects. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) {
      await this.#running;
    }
  }

  /** Throws away what waits and resolves when nothing runs any more. Quiet when closed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#discardAll();
    await this.idle();
  }

  async #work(): Promise<void> {
    try {
      this.#isBusy = true;
      for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
        await this.#options.run(job);
      }
    } catch (error) {
      this.#closed = true;
      this.#discardAll();
      this.#tellFailure(error);
    } finally {
      this.#isBusy = false;
      this.#running = undefined;
    }
  }

  /** Nobody waits for the work, so an exception of whoever is told would end the process as an unhandled rejection. */
  #tellFailure(error: unknown): void {
    try {
      this.#options.failed(error);
    } catch {
      // The stage keeps the error and throws it at its next packet.
    }
  }

  #discardAll(): void {
    for (const job of this.#jobs.splice(0)) {
      this.#options.discard(job);
    }
  }
}

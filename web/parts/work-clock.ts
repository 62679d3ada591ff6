/**
 * Measures how long the page's thread is at work: from the start of a callback until the next task, which comes after
 * what the callback left behind: rendering, style, layout, and within an animation frame paint.
 */
export class WorkClock {
  private readonly channel = new MessageChannel();
  private start: number | undefined;
  private total = 0;

  constructor() {
    this.channel.port1.onmessage = () => {
      if (this.start !== undefined) this.total += performance.now() - this.start;
      this.start = undefined;
    };
  }

  /** Work begins; what is measured already goes on. */
  begin(): void {
    if (this.start !== undefined) return;
    this.start = performance.now();
    this.channel.port2.postMessage(undefined);
  }

  /** Milliseconds of work since the last reading. */
  read(): number {
    const { total } = this;
    this.total = 0;
    return total;
  }
}

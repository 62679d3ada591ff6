/** A question that is asked again only when the last answer is there, and then as things stand by then. */
export class Latest {
  private isAsked = false;
  private isWanted = false;

  /** @param ask - asks, and says whether it did */
  constructor(private readonly ask: () => boolean) {}

  /** An answer is wanted. */
  want(): void {
    if (this.isAsked) this.isWanted = true;
    else this.isAsked = this.ask();
  }

  /** An answer has come. */
  answered(): void {
    this.isAsked = false;
    if (!this.isWanted) return;
    this.isWanted = false;
    this.want();
  }
}

// Questions while somebody types: the first one is asked at once, the following ones wait until a moment has passed.

export class Pace {
  private earliest = 0;
  private waiting: number | undefined;

  constructor(private readonly pause: number) {}

  run(work: () => void): void {
    this.cancel();
    this.waiting = window.setTimeout(() => {
      this.earliest = performance.now() + this.pause;
      work();
    }, this.earliest - performance.now());
  }

  cancel(): void {
    clearTimeout(this.waiting);
  }
}

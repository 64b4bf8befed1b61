// The simulator's clock as the page shows it.

/** Follows the server's time between its announcements. */
export class Clock {
  constructor() { this.set({ now: Date.now() / 1000, offset: 0, frozen: false }); }

  set({ now, offset, frozen }) { Object.assign(this, { base: now, offset, frozen, at: performance.now() }); }

  /** Unix seconds. */
  now() { return this.frozen ? this.base : this.base + (performance.now() - this.at) / 1000; }

  get moved() { return this.frozen || Math.abs(this.offset) > 1; }

  /** The name of a message's day: Today, Yesterday, or the date. */
  day(at) {
    const midnight = (seconds) => new Date(seconds * 1000).setHours(0, 0, 0, 0);
    const days = Math.round((midnight(this.now()) - midnight(at)) / 86_400_000);
    if (days === 0) return "Today";
    if (days === 1) return "Yesterday";
    return new Date(at * 1000).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
  }

  text() {
    return new Date(this.now() * 1000).toLocaleString([], { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  }
}

// Progress on stderr, so that stdout stays the real output (`npm run pulumi -- stack output --json | jq`).

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/**
 * Phases with elapsed seconds. A terminal gets one live line; a log file gets a line at the start, a heartbeat and a
 * line at the end. A phase that is over before `quietMs` says nothing: a second run stays silent.
 */
export function createProgress({ stream = process.stderr, quietMs = 400, heartbeatMs = 15_000 } = {}) {
  const live = Boolean(stream.isTTY);
  let current;

  const erase = () => live && stream.write("\r\x1b[2K");
  const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

  function say(line) {
    erase();
    stream.write(`${line}\n`);
  }

  function draw(phase) {
    if (!live) {
      say(phase.shown ? `  … ${phase.title} · ${seconds(phase.since)}` : `▸ ${phase.title} …`);
    } else {
      const frame = spinner[Math.floor((Date.now() - phase.since) / 100) % spinner.length];
      const line = `${frame} ${phase.title} … ${Math.floor((Date.now() - phase.since) / 1000)} s`;
      erase();
      stream.write(line.slice(0, (stream.columns || 80) - 1));
    }
    phase.shown = true;
  }

  async function phase(title, work) {
    const outer = current;
    const self = { title, since: Date.now(), shown: false };
    current = self;
    let beat;
    const first = setTimeout(() => {
      draw(self);
      beat = setInterval(() => current === self && draw(self), live ? 100 : heartbeatMs);
    }, quietMs);
    const handle = {
      say,
      /** The title may become more exact while the phase runs ("… building from Go modules"). */
      title(text) {
        self.title = text;
        if (self.shown) {
          self.shown = live;
          draw(self);
        }
      },
    };
    let mark = "✔";
    try {
      return await work(handle);
    } catch (error) {
      mark = "✖";
      throw error;
    } finally {
      clearTimeout(first);
      clearInterval(beat);
      current = outer;
      if (self.shown || mark === "✖") say(`${mark} ${self.title} · ${seconds(self.since)}`);
    }
  }

  return { phase, say };
}

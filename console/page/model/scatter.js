// The axes of a scatter: time, and response times on a logarithmic scale that fits them.

const LEAST_RATIO = 4;
const ROOM = 1.25;
const STEPS = [1, 2, 5];
const MOST_TICKS = 5;

/** The scales of a scatter (`low` and `high` in microseconds) over a window: `x` of seconds since its start and `y` of seconds (0 is the
 *  top) as shares, and back: `at(share)` in epoch seconds, `seconds(share)` where 0 is the bottom. */
export function scalesOf({ low, high }, { start, end }) {
  const middle = Math.sqrt(low * high);
  const least = Math.min(low / ROOM, middle / LEAST_RATIO) / 1e6;
  const most = Math.max(high * ROOM, middle * LEAST_RATIO) / 1e6;
  const span = Math.log(most / least);
  return {
    x: (since) => since / (end - start),
    y: (seconds) => 1 - Math.log(seconds / least) / span,
    at: (share) => start + share * (end - start),
    seconds: (share) => least * Math.exp(share * span),
  };
}

/** Round times on the scale, `{ seconds, share }` from the bottom up. */
export function logTicks({ y, seconds }) {
  const [least, most] = [seconds(0), seconds(1)];
  const all = [];
  for (let power = 10 ** Math.floor(Math.log10(least)); power <= most; power *= 10) {
    for (const step of STEPS) if (step * power >= least && step * power <= most) all.push(step * power);
  }
  const decades = all.filter((one) => Math.abs(Math.log10(one) - Math.round(Math.log10(one))) < 1e-9);
  const fitting = all.length <= MOST_TICKS ? all : decades;
  const every = Math.ceil(fitting.length / MOST_TICKS);
  return fitting.filter((_, index) => index % every === 0).map((one) => ({ seconds: one, share: 1 - y(one) }));
}

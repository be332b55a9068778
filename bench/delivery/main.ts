import { timeDecisions } from '#bench/delivery/decision-times.js';
import { measurePlaylistRate } from '#bench/delivery/playlist-rate.js';
import { openGeoDatabase } from '#delivery/client/open-geo-database.js';

const findLocation = await openGeoDatabase();
const decisions = [3, 30, 300, 1_000].map((edges) => timeDecisions(edges, findLocation));
const rate = await measurePlaylistRate(findLocation);

for (const { edges, p50Microseconds, p99Microseconds } of decisions)
  console.log(
    `decision, ${edges} edges: p50 ${p50Microseconds.toFixed(0)} µs, p99 ${p99Microseconds.toFixed(0)} µs (aim: under 1000)`,
  );
const describe = ({ requestsPerSecond, cpuMicroseconds }: typeof rate.constant): string =>
  `${requestsPerSecond.toFixed(0)} requests/s at ${cpuMicroseconds.toFixed(0)} µs CPU`;
console.log(
  `playlist of ${rate.bytes} bytes: personalised ${describe(rate.personalised)}, constant ${describe(rate.constant)}; ` +
    `ratio ${rate.ratio.toFixed(2)}, by CPU ${rate.cpuRatio.toFixed(2)} (aim: 0.6 or more)`,
);
console.log(JSON.stringify({ decisions, rate }));

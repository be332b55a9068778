/** The notation of reasons and refusals: `145 kb/s`. */
export const formatBitrate = (bitsPerSecond: number): string => `${Math.round(bitsPerSecond / 1000)} kb/s`;

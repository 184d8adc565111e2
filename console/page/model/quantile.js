// Quantiles of the API's histograms.

/** The value (seconds) below which a share of a histogram's calls lies. */
export function quantile(histogram, share) {
  const sorted = [...histogram].sort((a, b) => a.Value - b.Value);
  let left = share * sorted.reduce((sum, { Count }) => sum + Count, 0);
  for (const { Value, Count } of sorted) {
    left -= Count;
    if (left <= 1e-9) return Value;
  }
  return sorted.at(-1)?.Value ?? null;
}

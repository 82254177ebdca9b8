/** What a program is told of the color that it checks. */
export function toldOf(url: string, color: string, release: string): Record<string, string> {
  return { BLUEGREEN_URL: url, BLUEGREEN_CANDIDATE_URL: url, BLUEGREEN_COLOR: color, BLUEGREEN_RELEASE: release };
}

// The facets that traces can be grouped by, with their labels.

const WORDS = {
  route: "Route", url: "URL", status: "Status", outcome: "Outcome", method: "Method", node: "Node", user: "User", version: "Version of",
  instance: "Instance", pod: "Pod", container: "Container", zone: "Zone", fault: "Cause of faults", error: "Cause of errors", time: "What took the time",
};
const ANNOTATION = "annotation.";
/** The default facet. */
export const FIRST_FACET = "route";

/** The label of a facet: of an annotation, its key. */
export function labelOf(facet) {
  return WORDS[facet] ?? facet.replace(ANNOTATION, "");
}

export function isAnnotation(facet) {
  return facet.startsWith(ANNOTATION);
}

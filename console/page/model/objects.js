// Lists of documents, in which anything may have come.

/** The objects of what should be a list of objects. */
export function objects(list) {
  return (Array.isArray(list) ? list : []).filter((one) => one && typeof one === "object");
}

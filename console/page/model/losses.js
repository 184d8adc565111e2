// Documents and datagrams that were lost, and why.

const DROPPED = [["dropped_by_socket", "dropped: the socket's buffer was full"], ["dropped_by_queue", "dropped: the queue was full"],
  ["receive_errors", "not received: the socket's error"], ["not_forwarded", "not forwarded"]];

/** All losses of a status as `[reason, times]`: refused datagrams and documents, and what was dropped. */
export function losses({ datagrams, documents }) {
  const refused = [...Object.entries(datagrams.refused ?? {}), ...Object.entries(documents.refused ?? {})];
  return [...refused, ...DROPPED.map(([member, words]) => [words, datagrams[member] ?? 0])].filter(([, times]) => times > 0);
}

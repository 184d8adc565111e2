export async function exportTrace() {}

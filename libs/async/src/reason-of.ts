/** What may stand in the log beside the name: engines say what hinders them; messages of others may quote documents. */
export const reasonOf = (error: unknown): { readonly error: string; readonly reason?: string } => {
  const { name, message } = error as Error;
  return /(Unavailable|Denied)$/.test(name) ? { error: name, reason: message } : { error: name };
};

/** Neighbouring rows, and the commands of one row, ask for the same dates and ids over and over. Answers come from memory while few texts are asked for. */
export function remembered<Result>(compute: (text: string) => Result, most = 20_000): (text: string) => Result {
  const known = new Map<string, Result>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = compute(text);
    if (known.size >= most) known.clear();
    known.set(text, result);
    return result;
  };
}

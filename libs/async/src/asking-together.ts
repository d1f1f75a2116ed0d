interface Waiting<Answer> {
  readonly id: string;
  readonly resolve: (answer: Answer | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One question under way at a time; whoever asks meanwhile shares the next. So a crowd of strangers costs the engine no more than one
 * question after the other, and an answer is never older than the asking. Who waits behind a question that fails hears of it at once.
 */
export const askingTogether = <Answer>(
  ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, Answer>>,
): ((id: string) => Promise<Answer | undefined>) => {
  const waiting: Waiting<Answer>[] = [];
  let asking = false;

  const takeAll = () => waiting.splice(0);
  const answerAll = async (): Promise<void> => {
    asking = true;
    for (let asked = takeAll(); asked.length > 0; asked = takeAll()) {
      try {
        const answers = await ask([...new Set(asked.map(({ id }) => id))]);
        for (const { id, resolve } of asked) resolve(answers.get(id));
      } catch (error) {
        for (const { reject } of [...asked, ...takeAll()]) reject(error);
      }
    }
    asking = false;
  };

  return (id) =>
    new Promise((resolve, reject) => {
      waiting.push({ id, resolve, reject });
      if (!asking) void answerAll();
    });
};

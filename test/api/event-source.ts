/** A reader of server-sent events that can be told to stop. */
export interface Frame {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: what comes over HTTP has the shape that the test expects of it
  readonly data: any;
}

export interface Feed {
  /** Resolves with so many frames, or with fewer when the feed ends. */
  take(count: number): Promise<readonly Frame[]>;
  /** Resolves when the server has ended the feed. */
  readonly ended: Promise<void>;
  close(): void;
}

export const openFeed = async (url: string, key: string, lastEventId?: string): Promise<Feed> => {
  const stopping = new AbortController();
  const headers = { authorization: `Bearer ${key}`, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) };
  const response = await fetch(url, { headers, signal: stopping.signal });
  if (response.status !== 200 || response.body === null) throw new Error(`the feed answered ${response.status}`);
  const frames: Frame[] = [];
  let wake = () => {};
  let over = false;
  const read = async (body: ReadableStream<Uint8Array>) => {
    let text = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields = Object.fromEntries(
          block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        );
        if (fields.data !== undefined) frames.push({ id: fields.id ?? '', event: fields.event ?? '', data: JSON.parse(fields.data) });
      }
      wake();
    }
  };
  const ended = read(response.body as ReadableStream<Uint8Array>)
    .catch(() => undefined)
    .then(() => {
      over = true;
      wake();
    });
  return {
    async take(count) {
      while (frames.length < count && !over)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return frames.splice(0, count);
    },
    ended,
    close: () => stopping.abort(),
  };
};

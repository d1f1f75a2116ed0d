import { UnreadableDocument } from './errors.js';

/** @throws UnreadableDocument */
export function bodyOf<Body>(key: string, json: string): Body {
  try {
    return JSON.parse(json) as Body;
  } catch {
    throw new UnreadableDocument(key, 'it is not JSON');
  }
}

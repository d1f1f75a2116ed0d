import { answerHost as answer, type ThreadProgram, tellHost as tell } from '#async';
import { failures } from './sent-error.js';
import type { ThreadNews } from './thread-messages.js';

export const tellHost = (news: ThreadNews): void => tell(news);

/** The other side of `startThread`, within the thread. */
export const answerHost = (program: ThreadProgram) => answer({ failures, ...program });

import { slice } from '../slice.js';
import { attitudeCommands } from './commands.js';
import { answerSatisfaction, convertReferral, makeRecommendation, publishReview, raiseComplaint, resolveComplaint } from './decisions.js';
import { attitudeEvents } from './events.js';
import { evolveAttitude, noAttitude } from './state.js';

export const attitudeSlice = slice<'attitude'>()({
  events: attitudeEvents,
  commands: attitudeCommands,
  decisions: {
    'answer-satisfaction': answerSatisfaction,
    'make-recommendation': makeRecommendation,
    'convert-referral': convertReferral,
    'publish-review': publishReview,
    'raise-complaint': raiseComplaint,
    'resolve-complaint': resolveComplaint,
  },
  evolve: evolveAttitude,
  initial: noAttitude,
});

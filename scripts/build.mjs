// `npm run build`: packages, and whatever changed since it was compiled last.
import { orExplain, setUp } from './setup/set-up.mjs';

await orExplain(() => setUp([]));

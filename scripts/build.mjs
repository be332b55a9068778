// `npm run build`: installs packages if needed and compiles what has changed.
import { orExplain, setUp } from './setup/set-up.mjs';

await orExplain(() => setUp([]));

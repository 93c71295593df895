// What `npm start` runs: the all-in-one `holdfast`, as it is built.
import '../packages/holdfast/dist/holdfast.js';

// Reflex's own configuration, and one step more: rules of Radix Themes for components that no page has are left out.
// Its style sheet is for every component at every width; parsing it would take longer than all else on a page.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const WEB = import.meta.dirname;
const RADIX = join(WEB, "node_modules/@radix-ui/themes/dist/esm/components");
const FOLDERS = ["app", "utils", "components"];
const IMPORTED = /import\s*\{([^}]*)\}\s*from\s*"@radix-ui\/themes/g;
const NEEDED = /from\s*"(\.[^"]+\.js)"/g;

const kebab = (name) => name.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

const pages = () =>
  FOLDERS.flatMap((folder) =>
    readdirSync(join(WEB, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.jsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );

// A component's classes stand in its own module, and in those that it is made of.
const modules = (found, path) => {
  if (found.has(path)) return found;
  found.add(path);
  for (const [, other] of readFileSync(path, "utf8").matchAll(NEEDED)) modules(found, join(dirname(path), other));
  return found;
};

const content = () => {
  const sources = pages();
  const used = sources.flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(IMPORTED)].flatMap(([, names]) =>
      names.split(",").map((name) => kebab(name.trim().split(" ")[0])),
    ),
  );
  const found = new Set();
  for (const name of new Set(used)) modules(found, join(RADIX, `${name}.js`));
  return [...sources, ...found];
};

export default {
  plugins: {
    "postcss-import": {},
    autoprefixer: {},
    "@fullhuman/postcss-purgecss": {
      content: content(),
      // What is not of Radix stays as it is; and of Radix, the classes that it puts together as a page is drawn.
      safelist: [/^(?!(?:\w+:)?rt-)/, /^rt-(?:variant|high-contrast|loading|reset|truncate)/, /^rt-r-size-\d$/, /^rt-r-[a-z]+-(?:\d|start|end|center|both|none)$/],
    },
  },
};

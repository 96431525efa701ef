// Reflex's own configuration, and two steps more: rules of Radix Themes for components that no page has are left out,
// and rules that give every element invisible parts. Its style sheet is for every component at every width; parsing
// it would take longer than all else on a page.
import purgeUnused from "@fullhuman/postcss-purgecss";
import autoprefixer from "autoprefixer";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import atImport from "postcss-import";

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

// Where a rule for all elements names their parts too, the browser styles three or four things for each element
// instead of one. Of those parts hardly any is ever drawn, and those that are say what they need themselves.
const PARTS = new Set(["::after", "::before", "::backdrop"]);
const fewerParts = {
  postcssPlugin: "fewer-parts",
  OnceExit(root) {
    let found = 0;
    root.walkRules((rule) => {
      const selectors = rule.selectors;
      if (selectors.includes("*") && selectors.some((one) => PARTS.has(one))) {
        rule.selectors = selectors.filter((one) => !PARTS.has(one));
        found += 1;
      } else if (rule.selector === ".radix-themes ::selection") {
        // What is selected inherits its colours from the element around.
        rule.selector = ".radix-themes::selection";
        found += 1;
      }
    });
    if (found !== 2) throw root.error("The rules for the parts of all elements are written otherwise now");
  },
};

export default {
  plugins: [
    atImport(),
    autoprefixer(),
    purgeUnused({
      content: content(),
      // What is not of Radix stays as it is; and of Radix, the classes that it puts together as a page is drawn.
      safelist: [/^(?!(?:\w+:)?rt-)/, /^rt-(?:variant|high-contrast|loading|reset|truncate)/, /^rt-r-size-\d$/, /^rt-r-[a-z]+-(?:\d|start|end|center|both|none)$/],
    }),
    fewerParts,
  ],
};

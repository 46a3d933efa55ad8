// Links to pages are drawn without the run and the sample of this address. Within the tab that does not matter, since
// the visit knows them; but a link that is opened in a new tab, or copied, would lead to another model. So a link takes
// them up when it is pointed at, or reached by the keyboard.
const MOMENTS = ['pointerover', 'pointerdown', 'focusin', 'contextmenu'];

export default function (component) {
  const { names } = component.data;
  const complete = (event) => {
    const link = event.target.closest?.('a[href]');
    const to = link && new URL(link.href, location.href);
    if (!to || to.origin !== location.origin || link.getAttribute('href').startsWith('#') || link.download) return;
    const here = new URLSearchParams(location.search);
    const lacking = names.filter((name) => here.get(name) && to.searchParams.get(name) !== here.get(name));
    lacking.forEach((name) => to.searchParams.set(name, here.get(name)));
    if (lacking.length) link.href = to.href;
  };
  MOMENTS.forEach((moment) => document.addEventListener(moment, complete, true));
  return () => MOMENTS.forEach((moment) => document.removeEventListener(moment, complete, true));
}

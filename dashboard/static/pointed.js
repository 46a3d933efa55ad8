// Tells which of some controls the pointer rests on, or the keyboard has reached; the last one holds until another is.
// A control is known by a class; where it is a row of buttons, each of them stands for a thing of its own.
const REST = 160; // milliseconds: what the pointer only passes is not told

export default function (component) {
  const { data, setStateValue } = component;
  let waiting;
  let next;
  let told = data.pointed;

  const place = (target) => {
    for (let element = target; element instanceof Element; element = element.parentElement) {
      const own = [...element.classList].find((name) => Object.hasOwn(data.controls, name));
      if (!own) continue;
      const things = data.controls[own];
      if (things.length === 1) return things[0];
      const button = target.closest('button');
      return button ? things[[...element.querySelectorAll('button')].indexOf(button)] : undefined;
    }
    return undefined;
  };

  const notice = (event) => {
    const thing = place(event.target);
    if (thing === next) return;
    clearTimeout(waiting);
    next = thing;
    if (thing === undefined || thing === told) return;
    waiting = setTimeout(() => {
      told = thing;
      setStateValue('pointed', thing);
    }, REST);
  };

  // a move, and not what lies below the pointer: a page that the keyboard scrolls would be taken for a pointer that came
  const moments = ['pointermove', 'focusin'];
  moments.forEach((moment) => document.addEventListener(moment, notice, true));
  // what is being waited for is still told: the page may run just then, and calls this anew
  return () => moments.forEach((moment) => document.removeEventListener(moment, notice, true));
}

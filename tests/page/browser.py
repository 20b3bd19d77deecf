"""Click through the page in headless Chromium and report its faults.

Needs the package ``selenium`` and Debian's ``chromium`` and ``chromium-driver`` (or the same by other names);
nothing is fetched from a network.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from imbench.errors import ConfigError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
DRIVERS = ("chromedriver", "chromium-driver")
#: Name, width and height in CSS pixels, colour scheme.
VIEWS = (
    ("desktop-light", 1280, 900, "light"),
    ("desktop-dark", 1280, 900, "dark"),
    ("phone", 390, 844, "light"),
    ("phone-dark", 390, 844, "dark"),
)
PARTS = ("leaderboard", "scatter", "curves", "dcr", "map", "ledger")
#: What a part may never show: a chart without marks or names, a number that is none, text that is cut off.
FAULTS = """
const part = document.getElementById(arguments[0]);
if (part.hidden) return [];  // the page has nothing published to show
const view = part.querySelector('.view'), found = [];
if (!view.childElementCount) found.push('shows nothing');
for (const word of ['NaN', 'undefined', 'null', '[object', 'Infinity'])
  if (view.innerHTML.includes(word)) found.push('shows ' + word);
for (const svg of view.querySelectorAll('svg.chart')) {
  if (!svg.querySelector('.plot').childElementCount) found.push('an empty chart: ' + svg.ariaLabel);
  // strips stand above one another and share the axis of the last one
  const names = [...svg.querySelectorAll('text.name')].filter((text) => text.textContent);
  if (names.length < (svg.nextElementSibling?.matches('svg.chart') ? 1 : 2))
    found.push('an axis without a name: ' + svg.ariaLabel);
  const box = svg.getBoundingClientRect();
  for (const text of svg.querySelectorAll('text')) {
    const t = text.getBoundingClientRect();
    if (t.width && (t.left < box.left - 2 || t.right > box.right + 2 || t.bottom > box.bottom + 2))
      found.push(`text cut off in ${svg.ariaLabel}: ${text.textContent}`);
  }
}
for (const table of view.querySelectorAll('table'))
  if (!table.tBodies[0].rows.length) found.push('an empty table');
return found;
"""
NAMES = "return [...document.querySelectorAll(arguments[0])].map((n) => n.dataset.option || n.dataset.series)"


def missing() -> str | None:
    """What is missing for the check on this machine, as text; None when it can run."""
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "the package selenium is not installed"
    if not _found(BROWSERS):
        return "Chromium is not installed (Debian: chromium)"
    return None if _found(DRIVERS) else "the driver of Chromium is not installed (Debian: chromium-driver)"


def check_page(page: Path, shots: Path | None = None) -> list[str]:
    """Everything that is wrong with the page, a line each; an empty list when nothing is.

    Every option of every control is chosen and every kind of button pressed. ``shots`` is a folder for
    pictures of the whole page in light, in dark and on a phone. Raises :class:`ConfigError` when the browser
    or its driver is not there.
    """
    absent = missing()
    if absent:
        raise ConfigError(f"The page cannot be checked: {absent}.")
    faults: list[str] = []
    for view in VIEWS:
        with _browser(view) as driver:
            driver.get(page.resolve().as_uri())
            faults += _at_rest(driver, view)
            if shots:
                _shoot(driver, shots / f"{view[0]}.png")
            if view[0] in ("desktop-light", "phone"):
                for part in PARTS:
                    faults += [f"{view[0]}, {part}: {fault}" for fault in _use(driver, part)]
            if view[0] == "desktop-light":
                faults += _keys(driver)
            faults += [f"{view[0]}, console: {line['message']}" for line in driver.get_log("browser")]
    return list(dict.fromkeys(faults))


def _found(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def _browser(view: tuple[str, int, int, str]) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = _found(BROWSERS)
    for option in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "hide-scrollbars", "disable-gpu"):
        options.add_argument(f"--{option}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, Service(_found(DRIVERS)))
    try:
        _, width, height, scheme = view
        phone = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        wanted = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)
        yield driver
    finally:
        driver.quit()


def _shoot(driver: Any, path: Path) -> None:
    import base64

    path.parent.mkdir(parents=True, exist_ok=True)
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
    path.write_bytes(base64.b64decode(shot["data"]))


def _at_rest(driver: Any, view: tuple[str, int, int, str]) -> list[str]:
    """What is wrong before anything is clicked."""
    name, width, _, scheme = view
    faults = [f"{name}, {part}: {fault}" for part in PARTS for fault in driver.execute_script(FAULTS, part)]
    wide = driver.execute_script("return document.documentElement.scrollWidth")
    if wide > width:
        faults.append(f"{name}: the page is {wide} px wide and scrolls sideways")
    ground = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
    light = sum(int(n) for n in ground.removeprefix("rgb(").removesuffix(")").split(",")) > 384
    if light != (scheme == "light"):
        faults.append(f"{name}: the background is {ground}")
    return faults


def _use(driver: Any, part: str) -> list[str]:
    """Choose every option, tick every box, press every kind of button of one part."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.select import Select

    def one(selector: str) -> Any:
        return driver.find_element(By.CSS_SELECTOR, f"#{part} {selector}")

    def all_of(selector: str) -> list[Any]:
        return driver.find_elements(By.CSS_SELECTOR, f"#{part} {selector}")

    faults: list[str] = []

    def check(after: str) -> None:
        faults.extend(f"{fault} (after {after})" for fault in driver.execute_script(FAULTS, part))

    for name in driver.execute_script(NAMES, f"#{part} .controls select"):
        first = one(f'select[data-option="{name}"]').get_attribute("value")
        options = [o.get_attribute("value") for o in Select(one(f'select[data-option="{name}"]')).options]
        for value in [*options, first]:
            Select(one(f'select[data-option="{name}"]')).select_by_value(value)
            check(f"{name} = {value}")
    for picker in all_of(".picker summary"):
        picker.click()
    for selector in ("input", "details.picker button"):
        for name in driver.execute_script(NAMES, f"#{part} .controls {selector}"):
            kind = f'[data-option="{name}"], #{part} [data-series="{name}"]'
            for _ in range(2 if selector == "input" else 1):
                one(kind).click()
                check(f"{name} clicked")
    for position in range(len(all_of("thead th button"))):
        for _ in range(2):
            all_of("thead th button")[position].click()
            check(f"sorting by column {position}")
    for fold in all_of("details.numbers summary"):
        fold.click()
    for button in all_of("button.trace")[:3]:
        driver.execute_script("arguments[0].scrollIntoView({block: 'center', inline: 'center'})", button)
        button.click()
        dialog = driver.find_element(By.ID, "trace")
        if not dialog.get_attribute("open") or not dialog.find_elements(By.CSS_SELECTOR, "code"):
            faults.append(f"no run is named by '{button.get_attribute('aria-label')}'")
        dialog.find_element(By.CSS_SELECTOR, "form button").click()
        if dialog.get_attribute("open"):
            faults.append("the list of runs does not close")
    return faults


def _keys(driver: Any) -> list[str]:
    """Whether the keyboard alone reaches every part, and keeps its place after a change."""
    from selenium.webdriver.common.keys import Keys

    where = (
        "const at = document.activeElement;"
        "return [at.closest('section')?.id || '', at.tagName, at.dataset.option || '']"
    )
    driver.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
    faults, reached = [], set()
    wanted = {p for p in PARTS if driver.execute_script(NAMES, f"#{p} .controls select")}
    for _ in range(600):
        driver.switch_to.active_element.send_keys(Keys.TAB)
        section, tag, word = driver.execute_script(where)
        if section and tag == "SELECT" and section not in reached:
            driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
            if driver.execute_script(where) != [section, tag, word]:
                faults.append(f"{section}: the keyboard loses its place after a change of {word}")
        reached.add(section)
        if reached >= wanted:
            return faults
    return [*faults, f"the keyboard does not reach {', '.join(sorted(wanted - reached))}"]

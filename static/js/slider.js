// A slider and the number field beside it hold one value: each follows the other. Without a script there is the number alone.
const numberOf = (slider) => document.getElementById(slider.dataset.sliderOf);

const show = () => {
  for (const shell of document.querySelectorAll("[data-slider][hidden]")) shell.hidden = false;
};

document.addEventListener("input", (event) => {
  const slider = event.target;
  if (slider.dataset.sliderOf) {
    numberOf(slider).value = slider.value;
  } else if (slider.id) {
    const twin = document.querySelector(`[data-slider-of="${CSS.escape(slider.id)}"]`);
    if (twin && slider.value !== "") twin.value = slider.value;
  }
}, true);

document.addEventListener("htmx:afterSettle", show);
show();

// Errors of an answer, in words for people, each beside the field that has its name.

/** Shows the errors of fields, and focuses the first. Returns false if the errors are about no field of the form. */
export function showErrors(form, errors = {}) {
  const wrong = [...form.elements].filter(field => errors[field.name]);
  for (const field of wrong) {
    field.id ||= crypto.randomUUID();
    const error = document.createElement('p');
    Object.assign(error, { id: `${field.id}-error`, className: 'error', role: 'alert' });
    error.textContent = errors[field.name].map(text => inWords(field, text)).join(' ');
    field.ariaInvalid = 'true';
    field.after(error);
    field.dataset.hint ??= field.getAttribute('aria-describedby') ?? '';
    field.setAttribute('aria-describedby', `${field.dataset.hint} ${error.id}`.trim());
  }

  wrong[0]?.focus();

  return wrong.length > 0;
}

export function clearErrors(form) {
  for (const field of form.querySelectorAll('[aria-invalid]')) {
    document.getElementById(`${field.id}-error`).remove();
    field.removeAttribute('aria-invalid');
    field.setAttribute('aria-describedby', field.dataset.hint);
  }
}

/** "Must have 15 to 128 characters." becomes "Your password needs at least 15 characters." */
function inWords({ dataset, name }, text) {
  const words = text.replace(/^Must have (\d+) to \d+/, 'Needs at least $1').replace(/^'\w+' must/, 'Must');

  return `Your ${dataset.called ?? name} ${words[0].toLowerCase()}${words.slice(1)}`;
}

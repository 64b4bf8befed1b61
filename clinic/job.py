"""The names under which edges ask workers for a job, so that neither imports the other. A test resolves each."""

SEND_MAIL = "workers.mail.send_mail"  # by its id
CHECK_CHANNEL = "workers.channels.check"  # by the ids of tenant and channel
CHECK_SMS_SENDER = "workers.sms_check.check"  # by the id of the tenant
SUBMIT_TEMPLATES = "workers.templates.submit"  # by the id of the tenant
UNPAUSE_TEMPLATE = "workers.templates.unpause"  # by the ids of tenant and template
SEND_TRIAL = "workers.trials.send"  # by the ids of tenant and trial
IMPORT_PATIENTS = "workers.imports.import_patients"  # by the ids of tenant and import
RESOLVE_LEAVES = "workers.leaves.resolve_leaves"  # by the id of the tenant
SEND_PROMISE = "workers.notifications.send_notification"  # by its id
SEND_PROMISES = "workers.notifications.send_notifications"  # by their ids
FETCH_MEDIA = "workers.media.fetch"  # by the ids of tenant and file
PUBLISH_FORM = "workers.booking_forms.publish"  # by the id of the tenant
ROTATE_FORM_KEY = "workers.booking_forms.rotate_key"  # by the ids of tenant and form

"""Where the pages of the outbox hang."""

from django.urls import path

from slaportal.outbox import views

app_name = "outbox"

urlpatterns = [
    path("notifications/", views.notification_list, name="notifications"),
    path("notifications/bell/", views.bell, name="bell"),
    path("notifications/reading/", views.all_notifications_reading, name="all-notifications-reading"),
    path("notifications/<uuid:notification_id>/reading/", views.notification_reading, name="notification-reading"),
    path("jobs/<uuid:job_id>/", views.job, name="job"),
    path("settings/deliveries/", views.deliveries, name="deliveries"),
    path("settings/deliveries/<uuid:message_id>/replay/", views.delivery_replay, name="delivery-replay"),
]

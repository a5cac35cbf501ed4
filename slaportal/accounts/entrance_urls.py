"""The pages of allauth that we use, under the names by which it finds them; signing up is not among them."""

from allauth.account import views
from django.urls import path

from slaportal.accounts.views import entrance
from slaportal.web.policy import public, signed_in

urlpatterns = [
    path("login/", entrance.log_in, name="account_login"),
    path("logout/", public(views.LogoutView.as_view()), name="account_logout"),
    path("inactive/", public(views.AccountInactiveView.as_view()), name="account_inactive"),
    path("password/change/", signed_in(views.PasswordChangeView.as_view()), name="account_change_password"),
    path("password/reset/", public(views.PasswordResetView.as_view()), name="account_reset_password"),
    path("password/reset/done/", public(views.PasswordResetDoneView.as_view()), name="account_reset_password_done"),
]

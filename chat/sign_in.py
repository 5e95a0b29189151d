"""Signing in, by Django admin's page: so many tries a minute for an address, and for a name."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters

from chat.addresses import address_of_request
from chat.limits import TooManyMessages, count_sign_in
from chat.refusals import refuse_in_words


@sensitive_post_parameters()
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        try:
            name = request.POST.get("username", "")
            count_sign_in(name, address=address_of_request(request))
        except TooManyMessages as error:
            return refuse_in_words(error.wait_s)
    return admin.site.login(request)

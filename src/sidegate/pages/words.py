"""Every word of our pages but the errors' own (`core.errors`), so that they can be translated.

A value is HTML with `{places}` for what the page is about, which are escaped; in the templates
`[[key]]` stands for it. Another language will be another table with these keys.
"""

from collections.abc import Mapping
from typing import Final

LANGUAGE: Final = "en"

WORDS: Final[Mapping[str, str]] = {
    # Sign-in
    "sign_in": "Sign in",
    "sign_in_lead": "You need to sign in to go on to <strong>{host}</strong>.",
    "sign_in_with": "Sign in with {provider}",
    "email_or": "Or find your sign-in by your email address",
    "email": "Email address",
    "email_go_on": "Continue",
    "password_or": "Or with your user name and password",
    "user_name": "User name",
    "password": "Password",
    # A form that was sent by somebody who is not signed in
    "unsent": "Your form was not sent",
    "unsent_lead": "You are not signed in any more, so <strong>{host}</strong> did not get it. "
    "What you wrote is not lost yet:",
    "unsent_sign_in": "Sign in in a new tab",
    "unsent_first": "{link}, and leave this one open.",
    "unsent_second": "Come back here and reload this page. When the browser asks whether to send "
    "the form again, say yes.",
    "unsent_or": "Without the form, you can go on here:",
    # On the way
    "one_moment": "One moment",
    "one_moment_lead": "You are sent on. If nothing happens, use the button.",
    "go_on": "Go on",
    # Sign-out
    "signed_out": "You are signed out",
    "signed_out_lead": "Your session on <strong>{host}</strong> has ended. On a shared device, "
    "close the browser too.",
    "sign_in_again": "Sign in again",
    "sign_out_ask": "Sign out?",
    "sign_out_foreign": "Another site sent you to this page.",
    "sign_out_lead": "Your session on <strong>{host}</strong> has not ended yet.",
    "sign_out_others": "Signed in on other devices too?",
    "sign_out_everywhere": "Sign out everywhere",
    "sign_out": "Sign out",
    "stay": "Stay signed in",
    # What is held about somebody
    "account": "Your sign-in",
    "account_lead": "This is what <strong>{host}</strong> holds about you while you are signed in "
    "here. What its logs say, and what the application behind it keeps, is not shown here.",
    "account_you": "You",
    "account_user": "Name at the provider",
    "account_email": "Email address",
    "account_name": "User name",
    "account_groups": "Groups",
    "account_session": "This session",
    "account_provider": "Signed in with",
    "account_began": "Signed in",
    "account_confirmed": "Last confirmed by the provider",
    "account_unused": "Ends if unused",
    "account_ends": "Ends in any case",
    "account_device": "Browser",
    "account_place": "Kept in",
    "account_in_cookies": "cookies of this browser, encrypted, and nowhere else",
    "account_in_redis": "the memory of this site, encrypted; your browser has the key",
    "account_tokens": "Tokens of the provider",
    "account_no_tokens": "none",
    "account_access_token": "access token",
    "account_id_token": "ID token",
    "account_refresh_token": "refresh token",
    "account_tokens_hidden": "{kinds} (encrypted, and shown to nobody)",
    "account_sid": "Session at the provider",
    "account_sid_hidden": "its name is kept, so that the provider can end this session",
    "account_where": "Where you are signed in",
    "account_unknown": "Your sessions are kept by your browsers alone, so nobody here knows where "
    "else you are signed in.",
    "account_this": "this browser",
    "account_some_browser": "A browser",
    "account_since": "since {began}, until {ends}",
    "account_used": "used {used} or a little later",
    "account_end": "End this session",
    "account_most": "There are more; those that end last are shown.",
    "account_take": "Take it with you",
    "account_download": "Download as JSON",
    "account_leave": "Leave",
    "account_erase": "Be erased",
    "account_erase_lead": "Signing out ends what is held here. To have erased what the "
    "application keeps, ask for it.",
    "account_erase_ask": "Ask for erasure",
    "account_erase_nobody": "Signing out ends what is held here. About what the application "
    "keeps, ask whoever looks after this site.",
    "account_ended": "That session has ended.",
    "account_gone": "That session had ended already.",
    "erasure": "Ask for erasure?",
    "erasure_lead": "Whoever looks after <strong>{host}</strong> is told that {who} wants to be "
    "erased. Your sessions stay until you sign out.",
    "erasure_send": "Yes, ask for erasure",
    "erasure_stay": "Do not ask",
    "erasure_sent": "Your request was passed on",
    "erasure_sent_lead": "Whoever looks after <strong>{host}</strong> has it. If you ask about it, "
    "tell them this number:",
    "erasure_back": "Back to your sign-in",
    # Errors
    "start_again": "Start again",
    "try_again": "Try again",
    "another_account": "Sign in with another account",
    "start_page": "Go to the start page",
    "causes": "Whoever looks after this site may find the cause here:",
    "code": "Code",
    "request": "Request",
    "reference": "If you ask somebody for help, tell them the code and the request.",
    "debug": "What the log says (show_debug_on_error)",
    "logo": "Logo",
}

TITLES: Final[Mapping[str, str]] = {  # those that monitoring of oauth2-proxy looks for
    "sign_in": "Sign In",
    "signed_out": "Signed Out",
    "sign_out": "Sign Out",
    "one_moment": "One Moment",
    "account": "Your Sign-In",
    "erasure": "Ask for Erasure",
}

HEADINGS: Final[Mapping[str, str]] = {  # by the code of an error
    "bad_request": "This request could not be understood",
    "method_not_allowed": "This method does not work here",
    "cross_site_request": "This request was not carried out",
    "not_authorized": "You do not have access",
    "email_missing": "You do not have access",
    "email_unverified": "You do not have access",
    "email_malformed": "You do not have access",
    "provider_unavailable": "Signing in is not possible right now",
    "sign_in_loop": "Signing in does not come to an end",
    "session_too_large": "Your account is too large for this site",
    "upstream_timeout": "The application does not answer",
    "erasure_failed": "Your request was not passed on",
    "erasure_too_often": "You asked for this already",
}
KINDS: Final[Mapping[int, str]] = {  # by the status of an error that has no heading of its own
    500: "Something went wrong",
    502: "Something on the way does not work",
    503: "This does not work right now",
}
OTHERWISE: Final = "Signing in did not work"

ADVICE: Final[Mapping[str, str]] = {  # what the person can do, by the code of an error
    "not_authorized": "If you have another account, sign in with that one. Otherwise ask whoever "
    "looks after this site for access.",
    "email_missing": "Add an address to your account at the identity provider, or sign in with "
    "another account.",
    "email_unverified": "Verify the address at the identity provider, then sign in again.",
    "provider_unavailable": "Nothing is wrong with your account, and nothing you were doing here "
    "was changed.",
    "session_too_large": "Nothing that you can do here mends this. Please tell whoever looks after "
    "this site.",
    "cross_site_request": "Open this site yourself and do there what you wanted to do.",
    "upstream_timeout": "You are signed in. Reload the page in a moment; what you sent last may or "
    "may not have been carried out.",
    "erasure_failed": "Try again in a while, or write to whoever looks after this site.",
    "upstream_unreachable": "You are signed in. Reload the page in a moment.",
}

CAUSES: Final[Mapping[str, tuple[str, ...]]] = {  # for whoever looks after the site
    "session_too_large": (
        "Groups and tokens have to fit into cookies: have the provider send fewer groups (scope).",
        "Keep no tokens that nobody needs (pass_access_token, pass_authorization_header).",
    ),
}

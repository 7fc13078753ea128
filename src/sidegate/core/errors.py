"""Every error sidegate raises on purpose, drawn as a tree. "Whose fault" decides the status.

    SidegateError
    ├── ConfigurationError            the operator's: stops the start, lists every mistake
    ├── RequestError                  the client's (4xx)
    │   ├── BadRequest                400  the message breaks RFC 9112 or our policy
    │   ├── RequestTimeout            408  the head or the body did not come in time
    │   ├── BodyTooLarge              413
    │   ├── TargetTooLong             414
    │   ├── ExpectationFailed         417
    │   ├── HeadTooLarge              431
    │   ├── CrossSiteRequest          403  a page of another site is behind the request
    │   ├── ErasureTooOften           429  one person asks for erasure again and again
    │   └── MethodNotAllowed          405
    ├── TooManyConnections            503  in all, or from this address
    ├── StoreUnavailable              503  what keeps the sessions cannot be asked just now
    ├── ErasureFailed                 503  nobody took what a person asks for
    ├── SignInError                   a sign-in ended without a session (4xx)
    │   ├── SignInRequired            401  a call of somebody who is not signed in (any more)
    │   ├── AttemptMissing            403  the browser brought no sign-in cookie for this state
    │   ├── AttemptExpired            403  the attempt is older than `cookie_csrf_expire`
    │   ├── StateMismatch             403  no state, or another one than the cookie's
    │   ├── IssuerMismatch            403  RFC 9207: another issuer answered
    │   ├── DuplicateParameter        400  a callback parameter came more than once
    │   ├── ParameterMissing          400  neither code nor error
    │   ├── ProviderRefused           403  the provider answered with `error`
    │   ├── IdTokenRejected           403  signature or a claim of the ID token is wrong
    │   ├── SignInLoop                403  signed in again and again, and never stays so
    │   ├── EmailMissing              403
    │   ├── EmailUnverified           403
    │   ├── EmailMalformed            403  no plain address, such as one with two `@`
    │   ├── SingleSignOnRequired      403  an organization hides its members until its own sign-on
    │   ├── NotAuthorized             403  signed in at the provider, refused by our rules
    │   ├── AccessDenied              403  one of `[[rules]]` refuses this request, not the person
    │   ├── UserNameMissing           400  a password form without a user name
    │   ├── WrongPassword             401  no such user, or not this password
    │   ├── ForeignForm               403  a password form that is not ours, or too old
    │   ├── TooManyAttempts           429  too many failures of this address or for this user
    │   │   └── SignInBusy            429  more passwords are waiting to be checked than we take
    │   ├── BearerRejected            401  the token in Authorization is not accepted (RFC 6750)
    │   └── LogoutTokenRejected       400  what says that somebody signed out is not to be believed
    ├── ProviderError                 the identity provider's (502/503)
    │   ├── ProviderUnavailable       503  not discovered yet, refused, timed out, 5xx or 429
    │   ├── ProviderMisbehaved        502  an answer that is not what the standard says
    │   ├── GrantRejected             403  the token endpoint said `invalid_grant`
    │   └── SessionTooLarge           502  groups and tokens do not fit into the cookies
    └── UpstreamError                 the application's (502/504)
        ├── UpstreamUnreachable       502  refused, no such host, TLS failed
        ├── UpstreamGarbled           502  its answer is not HTTP, or ended early
        ├── UpstreamSilent            504  no answer in time
        ├── UpstreamTruncated         502  the answer ended early; the client sees it cut
        └── UpstreamStalled           504  the answer paused for too long; the client sees it cut

Callers branch on the class or the stable `code`, never on text. `public` is for the person who
sees the page and names nothing internal; the message passed to the constructor is for the log.
"""

from collections.abc import Iterator
from typing import ClassVar


class SidegateError(Exception):
    """Base of all. `status` is the HTTP status, `code` the stable name in page, log and metric.

    `wait`: whole seconds after which trying again may help (Retry-After), 0 where nobody knows.
    """

    wait: int = 0
    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    public: ClassVar[str] = "Something went wrong on our side. Please try again."


class RequestError(SidegateError):
    """The client sent something we do not accept."""

    status = 400
    code = "bad_request"
    public = "The request could not be understood."


class BadRequest(RequestError):
    """The message breaks RFC 9112 or our stricter policy; the connection is closed."""


class RequestTimeout(RequestError):
    """The head or body did not arrive in time."""

    status = 408
    code = "request_timeout"
    public = "The request took too long to arrive."


class MethodNotAllowed(RequestError):
    """The method is refused for everybody (CONNECT, TRACE)."""

    status = 405
    code = "method_not_allowed"
    public = "This method is not allowed."


class BodyTooLarge(RequestError):
    """The body is larger than this place accepts."""

    status = 413
    code = "body_too_large"
    public = "The request is too large."


class CrossSiteRequest(RequestError):
    """Another site had the browser send this in a person's name (`csrf_protect_upstream`)."""

    status = 403
    code = "cross_site_request"
    public = "Another site sent this request in your name, so it was not carried out."


class ErasureTooOften(RequestError):
    """Somebody asks for erasure again though it was passed on. `wait`: whole seconds."""

    status = 429
    code = "erasure_too_often"
    public = "You asked for this several times today, and it was passed on. Please wait."

    def __init__(self, wait: int) -> None:
        super().__init__("one person asks for erasure again and again")
        self.wait = wait


class TargetTooLong(RequestError):
    """The request line is longer than `limit_request_line`."""

    status = 414
    code = "target_too_long"
    public = "The address is too long."


class ExpectationFailed(RequestError):
    """An Expect other than `100-continue` (RFC 9110 section 10.1.1)."""

    status = 417
    code = "expectation_failed"
    public = "The expectation of the request cannot be met."


class HeadTooLarge(RequestError):
    """More head bytes or fields than the limits allow."""

    status = 431
    code = "head_too_large"
    public = "The request headers are too large. Clearing the cookies of this site may help."


class TooManyConnections(SidegateError):
    """More clients at once than an option, named `limit`, allows; `is_told`: with an answer."""

    status = 503
    code = "too_many_connections"
    public = "Too many connections at once. Please try again in a moment."

    def __init__(self, limit: str, *, is_told: bool = True) -> None:
        super().__init__(f"more than {limit}")
        self.is_told = is_told


class StoreUnavailable(SidegateError):
    """What keeps the sessions did not answer, or did not take a change. Trying again may help."""

    wait = 5
    status = 503
    code = "store_unavailable"
    public = "Sign-ins cannot be looked up right now. Please try again in a moment."


class ErasureFailed(SidegateError):
    """What should take requests for erasure did not take one: nobody knows of it but the log."""

    status = 503
    code = "erasure_failed"
    public = "What you asked for could not be passed on, so nobody knows of it yet."


class SignInError(SidegateError):
    """A sign-in ended without a session, and the person can start again."""

    status = 403
    code = "sign_in_failed"
    public = "The sign-in did not work. Please start again."


class SignInRequired(SignInError):
    """A call needs somebody signed in; a page is sent to sign in instead."""

    status = 401
    code = "sign_in_required"
    public = "You are not signed in, or not any more."


class AttemptMissing(SignInError):
    """The browser brought no sign-in cookie that belongs to this state."""

    code = "attempt_missing"
    public = "This sign-in did not begin in this browser, or it is over. Please start again."


class AttemptExpired(SignInError):
    """The sign-in attempt is too old."""

    code = "attempt_expired"
    public = "This sign-in took too long. Please start again."


class StateMismatch(SignInError):
    """The browser came back with a sign-in attempt that is not its own."""

    code = "state_mismatch"
    public = "This sign-in link does not belong to this browser. Please start again."


class IssuerMismatch(SignInError):
    """Another issuer than the one that was asked answered (RFC 9207)."""

    code = "issuer_mismatch"
    public = "The answer came from an unexpected identity provider. Please start again."


class DuplicateParameter(SignInError):
    """A parameter of the callback came more than once (RFC 6749 section 3.1)."""

    status = 400
    code = "duplicate_parameter"
    public = "The sign-in answer was malformed. Please start again."


class ParameterMissing(SignInError):
    """The callback has neither code nor error."""

    status = 400
    code = "parameter_missing"
    public = "The sign-in answer was incomplete. Please start again."


class ProviderRefused(SignInError):
    """The provider answered the authorization request with `error`."""

    code = "provider_refused"
    public = "The identity provider did not complete the sign-in. Please start again."


class IdTokenRejected(SignInError):
    """The ID token is forged, for somebody else, too old, or incomplete."""

    code = "id_token_rejected"
    public = "The identity provider's answer could not be verified. Please start again."


class SignInLoop(SignInError):
    """Sign-ins for one address were finished several times in a row; the session never arrives."""

    code = "sign_in_loop"
    public = "You signed in several times in a row, but the site does not get to know of it."


class EmailMissing(SignInError):
    """The rules need an email address and the provider gave none."""

    code = "email_missing"
    public = "Your account has no email address, which this site needs."


class EmailUnverified(SignInError):
    """The provider says that the email address was not verified."""

    code = "email_unverified"
    public = "Your email address is not verified at the identity provider."


class EmailMalformed(SignInError):
    """The email address is none that every program reads alike."""

    code = "email_malformed"
    public = "Your email address is written in a way that this site does not accept."


class SingleSignOnRequired(SignInError):
    """Membership is hidden until the person passes the organization's own single sign-on."""

    code = "single_sign_on_required"
    public = (
        "Your organization wants you to pass its own single sign-on first. Please do so at the "
        "identity provider, and start again."
    )


class NotAuthorized(SignInError):
    """The person is known, and our rules refuse them. The rule is in the log only."""

    code = "not_authorized"
    public = "Your account does not have access to this site."


class AccessDenied(SignInError):
    """One of `[[rules]]` refuses the person this request. Which one is in the log only."""

    code = "access_denied"
    public = "Your account does not have access to this page."


class UserNameMissing(SignInError):
    """A password form came without a user name."""

    status = 400
    code = "user_name_missing"
    public = "Please write your user name."


class WrongPassword(SignInError):
    """There is no such user, or it is not their password; which of the two, nobody is told."""

    status = 401
    code = "wrong_password"
    public = "The user name or the password is wrong."


class ForeignForm(SignInError):
    """A password form that a browser sent was not made by us for this browser, or is too old."""

    code = "foreign_form"
    public = "This form was too old, or came from elsewhere. Please try again."


class TooManyAttempts(SignInError):
    """Too many sign-ins failed for this address or this user. `wait`: whole seconds, at least 1."""

    status = 429
    code = "rate_limited"
    public = "Too many sign-ins failed. Please wait a while before you try again."

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.wait = wait


class SignInBusy(TooManyAttempts):
    """More passwords are waiting to be checked than may wait."""

    code = "sign_in_busy"
    public = "Many people are signing in right now. Please try again in a moment."


class BearerRejected(SignInError):
    """The token a client brought in Authorization is none, or not one we accept (RFC 6750)."""

    status = 401
    code = "bearer_rejected"
    public = "The token was not accepted."


class LogoutTokenRejected(SignInError):
    """A logout token is forged, for somebody else, too old, incomplete, or was used before."""

    status = 400
    code = "logout_token_rejected"
    public = "The logout token was not accepted."


class ProviderError(SidegateError):
    """The identity provider failed us."""

    status = 502
    code = "provider_error"
    public = "The identity provider could not be used. Please try again in a moment."


class ProviderUnavailable(ProviderError):
    """Not discovered yet, unreachable, too slow, a 5xx or too many calls. Trying again may help.

    `was_sent`: the request may have reached the provider. `is_silent`: no answer came, so that
    others had better not wait for one as well.
    """

    status = 503
    code = "provider_unavailable"
    public = "The identity provider cannot be reached. Please try again in a moment."

    def __init__(
        self, message: str, *, was_sent: bool = True, is_silent: bool = False, wait: int = 10
    ) -> None:
        super().__init__(message)
        self.was_sent = was_sent
        self.is_silent = is_silent
        self.wait = wait


class ProviderMisbehaved(ProviderError):
    """An answer that is not what the standard says: not JSON, too large, another issuer."""

    code = "provider_misbehaved"


class GrantRejected(ProviderError):
    """The token endpoint said that the code or refresh token is not valid (any more)."""

    status = 403
    code = "grant_rejected"
    public = "The identity provider did not accept the sign-in. Please start again."


class SessionTooLarge(ProviderError):
    """Groups and tokens of this person do not fit into the cookies a session may have."""

    code = "session_too_large"
    public = "The identity provider sent more about your account than this site can keep."


class UpstreamError(SidegateError):
    """The application behind the gate failed."""

    status = 502
    code = "upstream_error"
    public = "The application could not be reached. Please try again in a moment."


class UpstreamUnreachable(UpstreamError):
    """Connection refused, host unknown, TLS not accepted."""

    code = "upstream_unreachable"


class UpstreamGarbled(UpstreamError):
    """The answer is not HTTP/1.1 as we accept it, or ended before it was complete."""

    code = "upstream_garbled"
    public = "The application gave an answer that could not be understood."


class UpstreamSilent(UpstreamError):
    """No response head within `upstream_timeout`."""

    status = 504
    code = "upstream_timeout"
    public = "The application took too long to answer."


class UpstreamTruncated(UpstreamError):
    """The connection ended inside an answer whose head had gone to the client already."""

    code = "upstream_truncated"


class UpstreamStalled(UpstreamError):
    """Nothing came for `body_idle_timeout` inside an answer that is no event stream."""

    status = 504
    code = "upstream_stalled"


class ConfigurationError(SidegateError):
    """All mistakes of the configuration at once, each with its place and its mending."""

    code = "configuration"

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def tree(root: type[SidegateError]) -> Iterator[type[SidegateError]]:
    """Yield an error and all below it, each after the one above."""
    yield root
    for child in root.__subclasses__():
        yield from tree(child)

"""A scripted OpenID provider: honest unless a test says how it is wrong.

    with Provider() as idp:                       # listens on loopback; `idp.issuer` is its address
        back = idp.authorize(url, "alice@example.com", {"claims": {"nonce": "evil"}})
        back.parameters                           # what comes back to `back.redirect_uri`
        idp.count("token")                        # requests to an endpoint so far
        idp.answers["userinfo"] = Canned(500)     # an endpoint answers this instead
        idp.clock.offset += 3600                  # its time, which gates of these tests share

A browser may also really go there: `/authorize` signs in `idp.person` with `idp.mutation`.

What is honest: codes once and for 60 s, PKCE S256, client authentication (Basic form-urlencoded, or
post), refresh tokens that rotate and whose second use ends their family, userinfo by Bearer field,
RP-initiated sign-out, introspection of its own access tokens. Each request is kept in `idp.calls`.

A mutation is a dict, bound to the code that `authorize` gives out. It may name

- of the ID token: `claims`, `remove`, `header`, `header_remove`, `header_text`, `payload_text`,
  `alg`, `sig`, `sig_flip`, `sig_format` (der), `sign_as`, `signer`, `hmac_key` ($jwks_der,
  $jwks_pem, $jwks_pkcs1, ...), `transform` (see `tokens.py`), `raw`;
- of the token answer: `token_response`, `token_response_remove`, `token_response_raw`,
  `token_status`, `token_redirect`;
- of userinfo: `userinfo` (claims), `userinfo_remove`, `userinfo_raw`, `userinfo_status`,
  `userinfo_type`, `userinfo_redirect`, `userinfo_signed` (a mutation, {} for an honest signature);
- of the way back: `iss_param`, a text or several; of the key set: `jwks` (see `KEY_SETS`);
- `refresh`: the mutation of the refreshes that follow, which may also name `refresh_status` and
  `refresh_error`. A test may put it into the dict after the sign-in.
"""

from tests.conformance.provider.answers import Canned
from tests.conformance.provider.keys import Key, key
from tests.conformance.provider.listening import Call, Clock
from tests.conformance.provider.server import Back, Provider
from tests.conformance.provider.tokens import Keys, Mutation, make

__all__ = ["Back", "Call", "Canned", "Clock", "Key", "Keys", "Mutation", "Provider", "key", "make"]

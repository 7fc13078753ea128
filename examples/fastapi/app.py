"""A FastAPI application behind the gate: it verifies the gate's token, or believes its headers."""

import os
from typing import Annotated

import jwt
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.responses import PlainTextResponse

app = FastAPI(default_response_class=PlainTextResponse)
admins = frozenset(os.environ.get("ADMINS", "").split())
keys_at = os.environ.get("IDENTITY_KEYS")
keys = jwt.PyJWKClient(keys_at, lifespan=300) if keys_at else None


def verified_email(token: str, client: jwt.PyJWKClient) -> str:
    """Return the address in a token of the gate. Raises jwt.PyJWTError for any other."""
    claims = jwt.decode(
        token,
        client.get_signing_key_from_jwt(token).key,
        algorithms=["ES256"],
        issuer=os.environ["IDENTITY_ISSUER"],
        audience=os.environ["IDENTITY_AUDIENCE"],
    )
    return str(claims.get("email", ""))


def current_email(
    x_auth_request_jwt: Annotated[str, Header()] = "",
    x_auth_request_email: Annotated[str, Header()] = "",
) -> str:
    """Return who it is, or answer 403: then the request did not come through the gate."""
    if keys is None:
        email = x_auth_request_email
    else:
        try:
            email = verified_email(x_auth_request_jwt, keys)
        except jwt.PyJWTError:
            raise HTTPException(403) from None
    if not email:
        raise HTTPException(403)
    return email


Email = Annotated[str, Depends(current_email)]


def admin(email: Email) -> str:
    """Return who it is when they are an administrator, or answer 403."""
    if email not in admins:
        raise HTTPException(403)
    return email


@app.get("/")
def home(email: Email) -> str:
    """Greet whoever the gate let in."""
    return f"Hello {email}\n"


@app.get("/admin", dependencies=[Depends(admin)])
def admin_panel() -> str:
    """Serve what is for administrators."""
    return "Admin Panel\n"


@app.get("/health")
def health() -> str:
    """Answer probes."""
    return "ok\n"


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "8080")))

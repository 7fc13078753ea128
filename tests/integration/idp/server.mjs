// The certified `oidc-provider` on loopback, for tests. PORT says where; ISSUER how the world calls
// it when a proxy stands in front.
// Each gate registers a client of its own (RFC 7591), so that gates may listen on any port.
// Users: alice, bob, carol (with many groups); any password.
// Tokens of a client named `short-lived` live for two seconds.
// GET /count says how often the token endpoint was asked, by grant type, and how often the
// introspection endpoint, as `introspection`.
import { createHash } from 'node:crypto';
import { Provider } from 'oidc-provider';

const port = Number(process.env.PORT);
const issuer = process.env.ISSUER ?? `http://127.0.0.1:${port}`;
// Names that no compression makes small.
const many = Array.from({ length: 150 }, (_, n) => createHash('md5').update(`${n}`).digest('hex'));
const users = {
  alice: { email: 'alice@example.com', email_verified: true, name: 'Alice', groups: ['engineering', 'admins'] },
  bob: { email: 'bob@partner.example', email_verified: true, name: 'Bob', groups: ['partners'] },
  carol: { email: 'carol@example.com', email_verified: true, name: 'Carol', groups: many },
};
const count = {};
const lifetime = (_ctx, _token, client) => (client.clientName === 'short-lived' ? 2 : 600);

const provider = new Provider(issuer, {
  findAccount: (_ctx, id) => users[id] && {
    accountId: id,
    claims: async () => ({ sub: id, preferred_username: id, ...users[id] }),
  },
  claims: {
    openid: ['sub'], email: ['email', 'email_verified'],
    profile: ['name', 'preferred_username'], groups: ['groups'],
  },
  scopes: ['openid', 'offline_access', 'email', 'profile', 'groups'],
  conformIdTokenClaims: false,
  features: {
    backchannelLogout: { enabled: true },
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    registration: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    revocation: { enabled: true },
    userinfo: { enabled: true },
  },
  issueRefreshToken: async (_ctx, client, code) =>
    client.grantTypeAllowed('refresh_token') && code.scopes.has('openid'),
  rotateRefreshToken: true,
  // Logout tokens go to gates on loopback, where it would not send anything by itself.
  fetch: (url, { dispatcher: _guarded, ...options }) => globalThis.fetch(url, options),
  pkce: { required: () => true },
  ttl: {
    AccessToken: lifetime, ClientCredentials: lifetime, IdToken: 300, RefreshToken: 3600, Session: 3600,
    Grant: 3600, Interaction: 600,
  },
  cookies: { keys: ['test-only-key'] },
});

provider.proxy = process.env.ISSUER !== undefined;
provider.use(async (ctx, next) => {
  if (ctx.path === '/count') {
    ctx.body = count;
    return;
  }
  await next();
  if (ctx.path === '/token/introspection') count.introspection = (count.introspection ?? 0) + 1;
  if (ctx.path === '/token') {
    const grant = ctx.oidc?.params?.grant_type ?? 'none';
    count[grant] = (count[grant] ?? 0) + 1;
  }
});

provider.listen(port, '127.0.0.1', () => console.log(`issuer ${issuer}`));

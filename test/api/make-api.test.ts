import { describe, expect, test } from 'vitest';
import { makeApi } from '../../src/api/make-api.ts';
import { ConfigError, GatewayError } from '../../src/report/errors.ts';
import { makeControl, STATUS } from './control-fixture.ts';

const api = makeApi(makeControl());

async function ask(path: string, init?: RequestInit, from = api) {
  const answer = await from.request(path, init);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

const post = (body: string): RequestInit => ({ method: 'POST', body });

describe('makeApi answers in the envelope of the Cloudflare API:', () => {
  test('an object', async () => {
    expect(await ask('/syngate/v1/status')).toEqual({
      status: 200,
      body: { success: true, errors: [], messages: [], result: STATUS },
    });
  });

  test('a list, whole, with result_info', async () => {
    const { body } = await ask('/client/v4/accounts/any/gateway/rules');
    expect(body.result_info).toEqual({ page: 1, per_page: 1, count: 1, total_count: 1 });
    expect(body.result[0]).toMatchObject({
      id: '95d5-aa',
      action: 'egress',
      enabled: false,
      filters: ['egress'],
      precedence: 1000,
      traffic: '',
    });
  });

  test.each(['95d5-aa', '95d5aa', '95D5AA'])('one rule by its id written %s', async (id) => {
    expect((await ask(`/client/v4/accounts/a/gateway/rules/${id}`)).body.result.name).toBe('bank');
  });

  test('lists without their items, and one list with them', async () => {
    const { body } = await ask('/client/v4/accounts/a/gateway/lists');
    expect(body.result).toEqual([{ id: 'a1', name: 'banks', type: 'DOMAIN', count: 1 }]);
    const one = await ask('/client/v4/accounts/a/gateway/lists/a1');
    expect(one.body.result.items).toEqual([{ value: 'bank.example.com' }]);
  });

  test.each(['categories', 'app_types'])('%s', async (kind) => {
    expect((await ask(`/client/v4/accounts/a/gateway/${kind}`)).body.result).toHaveLength(1);
  });
});

describe('makeApi refuses with a code of 1000 or more and never with 204 (FL-39):', () => {
  test.each([
    ['an unknown path', '/syngate/v1/nothing', undefined, 404, 7003],
    ['an unknown rule', '/client/v4/accounts/a/gateway/rules/none', undefined, 404, 1005],
    ['a filter that is misspelt', '/syngate/v1/flows?hots=a.example', undefined, 400, 1001],
    ['a filter that is no address', '/syngate/v1/flows?client=alice', undefined, 400, 1001],
    ['a filter of clients that is misspelt', '/syngate/v1/clients?usr=a', undefined, 400, 1001],
    ['a limit beyond bounds', '/syngate/v1/flows?limit=1000000000', undefined, 400, 1001],
    ['a body that is not JSON', '/syngate/v1/explain', post('{'), 400, 1001],
    ['a body with a key too many', '/syngate/v1/explain', post('{"host":"a","__proto__":{}}'), 400, 1001],
    ['a body without what is needed', '/syngate/v1/explain', post('{"port":443}'), 400, 1001],
    ['a body that is too large', '/syngate/v1/explain', post(`"${'x'.repeat(5_000_000)}"`), 413, 1004],
  ])('%s', async (_name, path, init, status, code) => {
    const answer = await ask(path, init);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ success: false, result: null, errors: [{ code }] });
  });

  test('a port of 0, with a pointer to it', async () => {
    const { body } = await ask('/syngate/v1/explain', post('{"host":"a.example","port":0}'));
    expect(body.errors).toMatchObject([{ code: 1001, source: { pointer: '/port' } }]);
  });

  test('a question that the gateway cannot answer as it was put', async () => {
    const refusal = new GatewayError('EREFUSED', 'Cannot explain for user bob: no such user');
    const control = makeControl({ explain: () => Promise.reject(refusal) });
    const { status, body } = await ask('/syngate/v1/explain', post('{"host":"a.example"}'), makeApi(control));
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ code: 1001, message: refusal.message }]);
  });

  test('a configuration, with the place of each problem', async () => {
    const problem = {
      file: '/etc/p.yaml',
      position: { line: 3, column: 5 },
      field: 'rules[0]',
      message: 'Cannot x',
    };
    const control = makeControl({ reload: () => Promise.reject(new ConfigError([problem])) });
    const { status, body } = await ask('/syngate/v1/reload', { method: 'POST' }, makeApi(control));
    expect(status).toBe(422);
    expect(body.errors).toEqual([{ code: 1002, message: '/etc/p.yaml:3:5: rules[0]: Cannot x' }]);
  });

  test('what went wrong inside, told to the log and not to the client (FL-40)', async () => {
    const heard: unknown[] = [];
    const control = makeControl({ status: () => Promise.reject(new Error('secret')) });
    const broken = makeApi(control, { onError: (error) => heard.push(error) });
    const { status, body } = await ask('/syngate/v1/status', undefined, broken);
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(heard).toEqual([new Error('secret')]);
  });
});

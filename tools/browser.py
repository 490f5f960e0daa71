"""A headless Chromium for the site's tests, driven through its debugging protocol"""
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path


def find_browser() -> str|None: # path of the program
    for name in ('chromium', 'chromium-browser', 'google-chrome', 'chrome'):
        if path := shutil.which(name): return path
    return None


class Browser:
    "One page in a headless browser, with the errors and requests since it was opened"

    def __init__(self, program: str):
        self.errors, self.requests = [], []
        self._folder = Path(tempfile.mkdtemp())
        options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--remote-debugging-port=0',
                   '--remote-allow-origins=*', f'--user-data-dir={self._folder}', 'about:blank']
        self._process = subprocess.Popen([program, *options], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self._connect()

    def _address(self) -> str:
        "Wait for the browser to say where it listens"
        port_file, end = self._folder/'DevToolsActivePort', time.time()+30
        while time.time()<end:
            lines = port_file.read_text().split('\n') if port_file.is_file() else []
            if len(lines)>1: return f'ws://127.0.0.1:{lines[0]}{lines[1]}'
            time.sleep(.1)
        raise TimeoutError('the browser did not start within 30 seconds')

    def _connect(self):
        import websocket
        self._socket = websocket.create_connection(self._address(), timeout=30)
        self._calls, self._session = 0, None
        targets = self.call('Target.getTargets')['targetInfos']
        page = next(t for t in targets if t['type']=='page')
        self._session = self.call('Target.attachToTarget', targetId=page['targetId'], flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'): self.call(f'{domain}.enable')

    def call(self, method: str, **params) -> dict:
        self._calls += 1
        message = dict(id=self._calls, method=method, params=params)
        if self._session: message['sessionId'] = self._session
        self._socket.send(json.dumps(message))
        while (answer := self._read()).get('id')!=self._calls: pass
        assert 'error' not in answer, answer
        return answer['result']

    def _read(self) -> dict:
        message = json.loads(self._socket.recv())
        kind, params = message.get('method'), message.get('params', {})
        if kind=='Runtime.exceptionThrown':
            self.errors.append(params['exceptionDetails'].get('exception', {}).get('description', 'error'))
        if kind=='Log.entryAdded' and params['entry']['level']=='error': self.errors.append(params['entry']['text'])
        if kind=='Runtime.consoleAPICalled' and params['type'] in ('error', 'assert'):
            self.errors.append(str(params['args']))
        if kind=='Network.requestWillBeSent': self.requests.append(params['request']['url'])
        return message

    def open(self, url: str):
        self.errors, self.requests = [], []
        self.call('Page.navigate', url=url)
        while self._read().get('method')!='Page.loadEventFired': pass

    def run(self, javascript: str):
        "Return the value of an expression on the page"
        result = self.call('Runtime.evaluate', expression=javascript, awaitPromise=True, returnByValue=True)
        assert 'exceptionDetails' not in result, result
        return result['result'].get('value')

    def close(self):
        self._socket.close()
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

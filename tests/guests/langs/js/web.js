// SPDX-License-Identifier: Apache-2.0
// The interface web by the global fetch() of SpiderMonkey guests.
export const web = {
  async fetch(url) {
    try {
      const response = await fetch(url);
      return { status: response.status, body: await response.text() };
    } catch (error) {
      throw String(error.message ?? error);
    }
  },
};
